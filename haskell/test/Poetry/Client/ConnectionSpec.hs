{-# LANGUAGE OverloadedStrings #-}

module Poetry.Client.ConnectionSpec (spec) where

import Control.Concurrent.MVar (newEmptyMVar, putMVar, takeMVar)
import Control.Exception (bracket, throwIO, try)
import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import qualified Data.ByteString.Lazy as Lazy
import Data.Foldable (for_)
import Network.Socket
import Network.Socket.ByteString (recv, sendAll)
import Test.Hspec

import Poetry.Address (Address (..))
import Poetry.Client.Connection (firstOf, plainWords, readPoem, withConnection)
import ScriptedServer

spec :: Spec
spec = do
  describe "a connection" $ do
    it "can be made by the name of a host" $
      withServer (poem ["a poem"]) $ \address ->
        withConnection Nothing address {host = "localhost"} (`recv` 10) `shouldReturn` "a poem"

    it "can be made to an IPv6 address" $
      withServerOn loopback6 (poem ["a poem"]) $ \address ->
        withConnection Nothing address (`recv` 10) `shouldReturn` "a poem"

    for_ [("first", id), ("second", reverse)] $ \(which, inOrder) ->
      it ("is made to the " ++ which ++ " of two addresses if the other one refuses") $
        withServerOn loopback6 (poem ["a poem"]) $ \alive -> withRefusing $ \dead -> do
          places <- mapM known (inOrder [alive, dead])
          bracket (firstOf (concat places)) close (`recv` 10) `shouldReturn` "a poem"

    it "fails with the reason of the last address if all refuse" $
      withRefusing $ \dead -> withRefusing $ \other -> do
        places <- mapM known [dead, other]
        either plainWords (const "connected") <$> try (firstOf (concat places)) `shouldReturn` "connection refused"

    it "is closed when its use is over" $ do
      lastWords <- newEmptyMVar
      withServer (\connection -> recv connection 10 >>= putMVar lastWords) $ \address -> do
        withConnection Nothing address (const (pure ()))
        takeMVar lastWords `shouldReturn` ""

    it "is closed when its use ends in an exception" $ do
      lastWords <- newEmptyMVar
      withServer (\connection -> recv connection 10 >>= putMVar lastWords) $ \address -> do
        withConnection Nothing address (const (throwIO (userError "enough"))) `shouldThrow` (== userError "enough")
        takeMVar lastWords `shouldReturn` ""

    it "times out if connecting takes longer than the limit" $
      withSilent $ \silent ->
        either plainWords id <$> try (withConnection tenth silent (`recv` 10)) `shouldReturn` "timed out"

    it "times out if the next bytes take longer than the limit" $ do
      hungUp <- newEmptyMVar
      withServer (\connection -> sendAll connection "one" >> untilGone connection >>= putMVar hungUp) $ \address -> do
        let readAll connection = readPoem tenth connection >>= \poem_ -> pure $! Lazy.toStrict poem_
        either plainWords id <$> try (withConnection Nothing address readAll) `shouldReturn` "timed out"
        takeMVar hungUp `shouldReturn` ""

  describe "plain words" $ do
    it "name a refused connection" $
      withRefusing wordsFor `shouldReturn` "connection refused"

    it "name a connection that was reset" $
      withServer reset wordsFor `shouldReturn` "connection reset"

    it "name an unknown host" $
      wordsFor (Address "no..host" 10001) `shouldReturn` "unknown host"
 where
  tenth = Just 100000000
  known (Address name number) =
    getAddrInfo (Just defaultHints {addrSocketType = Stream}) (Just (Bytes.unpack name)) (Just (show number))

-- Reads from an address: the bytes, or the failure in plain words.
wordsFor :: Address -> IO ByteString
wordsFor address = either plainWords id <$> try (withConnection Nothing address (`recv` 10))
