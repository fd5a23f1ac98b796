{-# LANGUAGE OverloadedStrings #-}

module SlowPoetryServerSpec (spec) where

import Control.Concurrent.Async (mapConcurrently)
import Control.Monad (replicateM)
import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import Data.Foldable (for_)
import Network.Socket
import Network.Socket.ByteString (recv)
import System.Exit (ExitCode (..))
import System.FilePath ((</>))
import System.IO (hClose)
import System.Posix.Signals (sigINT, sigTERM)
import System.Process (waitForProcess)
import Test.Hspec

import Poetry.Address (Address (..))
import qualified Poetry.Address as Address
import Poetry.Client.Connection (withConnection)
import ScriptedServer (withRefusing)
import ServerProcess

poem :: ByteString
poem = "No road is long\nwith poetry along.\n"

withPoem :: (FilePath -> IO a) -> IO a
withPoem test = withFolder $ \folder -> do
  let path = folder </> "a poem.txt"
  Bytes.writeFile path poem
  test path

-- The server's port is in its first line of output.
serving :: [String] -> (FilePath -> ServerProcess -> PortNumber -> IO a) -> IO a
serving = servingBy withServerProcess

servingBy
  :: ([String] -> (ServerProcess -> IO a) -> IO a)
  -> [String]
  -> (FilePath -> ServerProcess -> PortNumber -> IO a)
  -> IO a
servingBy process_ options test = withPoem $ \path -> process_ (options ++ [path]) $ \server -> do
  said <- Bytes.hGetLine (output server)
  let (opening, place) = Bytes.breakSubstring " on 127.0.0.1:" said
  opening `shouldBe` "Serving " <> Bytes.pack path
  Bytes.last place `shouldBe` '.'
  test path server (read (Bytes.unpack (Bytes.init (Bytes.drop 14 place))))

refused :: [String] -> IO (ExitCode, ByteString, ByteString)
refused arguments = withServerProcess arguments ended

spec :: Spec
spec = describe "the server program by hand" $ do
  it "prints what it serves and where, then each event as it happens" $
    serving ["--delay", "0", "--num-bytes", "1000"] $ \_ server port_ -> do
      peer <- withConnectionTo port_ $ \client -> do
        recv client 99 `shouldReturn` poem
        recv client 99 `shouldReturn` ""
        Bytes.pack . show <$> getSocketName client
      printed <- replicateM 3 (Bytes.hGetLine (output server))
      map (snd . Bytes.breakSubstring " s  server") printed
        `shouldBe` [ " s  server 1  connection 1: accepted, from " <> peer
                   , " s  server 1  connection 1: sent bytes 0 to 35"
                   , " s  server 1  connection 1: close"
                   ]

  it "sends as many bytes, and at the times, as the options say, and prints the log as it goes" $
    serving ["--delay", "0.5", "--num-bytes", "20", "--log", "ndjson"] $ \_ server port_ -> do
      fetch port_ `shouldReturn` poem
      [accept_, first, second, end] <- replicateM 4 (Bytes.hGetLine (output server))
      map (text "act") [accept_, first, second, end] `shouldBe` ["accept", "send", "send", "close"]
      map (text "end") [first, second] `shouldBe` ["20", "35"]
      let since line = reading "due" line - reading "t" accept_
      [abs (since first - 0.5) < 0.00001, abs (since second - 1) < 0.00001] `shouldBe` [True, True]
      [reading "t" line >= reading "due" line | line <- [first, second]] `shouldBe` [True, True]

  for_ [("Ctrl-C", sigINT), ("SIGTERM", sigTERM)] $ \(name, signal) ->
    it (name ++ " ends it with status 0, even in the middle of a poem") $
      serving ["--delay", "3600"] $ \_ server port_ -> withConnectionTo port_ $ \client -> do
        Bytes.hGetLine (output server) >>= (`shouldSatisfy` Bytes.isInfixOf "accepted")
        signalled signal server `shouldReturn` (ExitSuccess, "", "")
        recv client 1 `shouldReturn` ""

  it "serves on the given port, and again immediately after it has ended" $
    serving ["--delay", "0"] $ \path server port_ -> do
      fetch port_ `shouldReturn` poem
      _ <- signalled sigINT server
      withServerProcess ["--delay", "0", "--port", show port_, path] $ \again -> do
        _ <- Bytes.hGetLine (output again)
        fetch port_ `shouldReturn` poem

  it "serves clients above the limit of open files later" $
    servingBy (withPoorServerProcess 30) ["--delay", "0.1", "--num-bytes", "35"] $ \_ _ port_ ->
      mapConcurrently (const (fetch port_)) [1 .. 60 :: Int] `shouldReturn` replicate 60 poem

  it "ends when nobody reads its log any more" $
    serving [] $ \_ server port_ -> do
      hClose (output server)
      withConnectionTo port_ $ \_ -> do
        Bytes.hGetContents (errors server) `shouldReturn` "cannot write the send log: Broken pipe\n"
        waitForProcess (process server) `shouldReturn` ExitFailure 1

  it "prints a help with all options" $ do
    (status, said, complaints) <- refused ["--help"]
    (status, complaints) `shouldBe` (ExitSuccess, "")
    for_ ["--port", "--iface", "--delay", "--num-bytes", "--log", "--control"] $ \option ->
      said `shouldSatisfy` Bytes.isInfixOf option

  it "refuses bad arguments with the usage and status 2" $ do
    (status, said, complaints) <- refused ["--num-bytes=ten", "a"]
    (status, said) `shouldBe` (ExitFailure 2, "")
    complaints `shouldSatisfy` Bytes.isPrefixOf "usage: slow-poetry-server "
    last (Bytes.lines complaints)
      `shouldBe` "slow-poetry-server: error: argument --num-bytes: 'ten' is not a number of bytes of 1 or more"

  it "names a poem that it cannot read" $ withFolder $ \folder -> do
    let nothing = folder </> "nothing.txt"
    for_ [(nothing, "No such file or directory"), (folder, "Is a directory")] $ \(path, why) ->
      refused [path]
        `shouldReturn` (ExitFailure 1, "", "cannot read the poem '" <> Bytes.pack path <> "': " <> why <> "\n")

  it "names a port that is in use" $ withPoem $ \path -> withRefusing $ \taken ->
    refused ["--port", show (port taken), path]
      `shouldReturn` (ExitFailure 1, "", "cannot listen on " <> Address.format taken <> ": Address already in use\n")

  for_ ["::1", "0:0:0:0:0:0:0:1"] $ \six ->
    it ("prints IPv6 addresses in brackets, in their short form: " ++ six) $ withPoem $ \path ->
      withServerProcess ["--delay", "0", "--iface", six, path] $ \server -> do
        said <- Bytes.hGetLine (output server)
        let (opening, place) = Bytes.breakSubstring " on [::1]:" said
        opening `shouldBe` "Serving " <> Bytes.pack path
        Right address <- pure (Address.parse (Bytes.init (Bytes.drop 4 place)))
        peer <- withConnection Nothing address $ \client -> recv client 99 >> (Bytes.pack . show <$> getSocketName client)
        peer `shouldSatisfy` Bytes.isPrefixOf "[::1]:"
        Bytes.hGetLine (output server) >>= (`shouldSatisfy` Bytes.isSuffixOf ("accepted, from " <> peer))

  it "names an IPv6 address that this machine does not have in brackets" $ withPoem $ \path -> do
    (status, said, complaints) <- refused ["--iface", "2001:db8::7", "--port", "20001", path]
    (status, said) `shouldBe` (ExitFailure 1, "")
    complaints `shouldSatisfy` Bytes.isPrefixOf "cannot listen on [2001:db8::7]:20001: "

  it "names an address that this machine does not have" $ withPoem $ \path -> do
    (status, said, complaints) <- refused ["--iface", "192.0.2.1", path] -- reserved for documentation: no machine has it
    (status, said) `shouldBe` (ExitFailure 1, "")
    complaints `shouldSatisfy` Bytes.isPrefixOf "cannot listen on 192.0.2.1:0: "
