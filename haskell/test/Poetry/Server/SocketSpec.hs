{-# LANGUAGE OverloadedStrings #-}

module Poetry.Server.SocketSpec (spec) where

import Control.Exception (bracket)
import Control.Monad (replicateM)
import qualified Data.ByteString as Bytes
import Network.Socket
import Network.Socket.ByteString (recv)
import Test.Hspec

import Poetry.Server.Socket
import SlowServer (readSome, withSockets)

-- The two ends of a connection: the client's and the server's.
withConnection :: (Socket -> Socket -> IO a) -> IO a
withConnection test = withListener $ \listener ->
  withClientOf listener $ \client -> bracket (fst <$> accept listener) close (test client)

withListener :: (Socket -> IO a) -> IO a
withListener = bracket (listenOn "127.0.0.1" 0) close

withClientOf :: Socket -> (Socket -> IO a) -> IO a
withClientOf listener = bracket (clientOf listener) close

clientOf :: Socket -> IO Socket
clientOf listener = do
  client <- socket AF_INET Stream defaultProtocol
  getSocketName listener >>= connect client
  pure client

spec :: Spec
spec = do
  describe "a listening socket" $ do
    it "accepts connections that send each chunk at once" $
      withConnection $ \_ connection -> getSocketOption connection NoDelay >>= (`shouldSatisfy` (> 0))

    it "has room for many connections that are not accepted yet" $ do
      most <- read <$> readFile "/proc/sys/net/core/somaxconn" -- the kernel's own limit
      withSockets 2500 $ withListener $ \listener ->
        bracket (replicateM (min 1000 most) (clientOf listener)) (mapM_ close) (const (pure ()))

  it "trySend returns at once with how many bytes the kernel took, 0 when its buffer is full" $
    withConnection $ \client connection -> do
      let fill = do
            taken <- trySend connection (Bytes.replicate 100000 7)
            if taken == 0 then pure [] else (taken :) <$> fill
      taken <- sum <$> fill
      readSome client taken
      waitForRoom connection
      trySend connection "more" `shouldReturn` 4
      recv client 99 `shouldReturn` "more"
